import NextAuth from 'next-auth';
import { authOptions } from '../../../../server/authentication.ts';

const handler = NextAuth(authOptions);

export { handler as GET, handler as POST };
