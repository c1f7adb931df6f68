import type { NextRequest } from 'next/server';
import { passThrough } from '../../server/pass-through.ts';

export const dynamic = 'force-dynamic';

export const GET = (request: NextRequest): Promise<Response> => passThrough(request, '/openapi.json', undefined);
