'use client';

/** The last resort, when not even the frame could be shown: plain, because nothing else can be relied on. */
export default function GlobalError() {
  return (
    <html lang="en">
      <body>
        <h1>Picket's dashboard broke</h1>
        <p>Reload the page. If it comes again, the server's log says more.</p>
      </body>
    </html>
  );
}
