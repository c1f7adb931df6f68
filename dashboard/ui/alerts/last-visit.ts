/** Where the reader was in the queue: an alert's page leads back there, and the queue goes on at that alert. Lasts as long as the tab. */
export const lastVisit: { address: string; alert: string | undefined } = { address: '/alerts', alert: undefined };
