/**
 * What to call an app. One that is not registered has no name but the address of its description, of which the host says
 * most.
 */
export function appName(clientName: string): string {
  return URL.canParse(clientName) ? new URL(clientName).host || clientName : clientName;
}
