export async function knock() {}
