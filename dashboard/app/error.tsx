'use client';

export { PageError as default } from '../ui/shell/page-error.tsx';
