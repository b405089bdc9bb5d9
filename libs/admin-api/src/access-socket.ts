/** The Unix socket on which a gateway serves AccessService, beside that of its admin API: `gateway-1-access.sock` of `gateway-1-admin.sock`. */
export function accessSocketBeside(adminSocket: string): string {
  return `${adminSocket.replace(/(-admin)?\.sock$/, '')}-access.sock`;
}
