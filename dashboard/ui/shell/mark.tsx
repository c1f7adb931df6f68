/** The mark: three pickets of a fence. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#2f4fb5" />
      <g fill="none" stroke="#fff" strokeWidth="1.9" strokeLinejoin="round">
        <path d="M7 25V12l3-4 3 4v13zm6 0V12l3-4 3 4v13zm6 0V12l3-4 3 4v13z" />
        <path d="M5 16h22M5 21h22" />
      </g>
    </svg>
  );
}
