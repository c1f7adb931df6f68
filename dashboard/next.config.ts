import { join } from 'node:path';
import type { NextConfig } from 'next';
import { securityHeaders } from './lib/security-headers.ts';

const config: NextConfig = {
  output: 'standalone',
  outputFileTracingRoot: join(import.meta.dirname, '..'),
  // No image is ever resized, so the native image library stays out of the build.
  images: { unoptimized: true },
  outputFileTracingExcludes: {
    '*': ['../node_modules/@img/**', '../node_modules/sharp/**', '../node_modules/typescript/**'],
  },
  experimental: { optimizePackageImports: ['@mantine/core', '@mantine/hooks'] },
  reactStrictMode: true,
  poweredByHeader: false,
  headers: async () => [{ source: '/:path*', headers: securityHeaders }],
};

export default config;
