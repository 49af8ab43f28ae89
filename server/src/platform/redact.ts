/** Text with the passwords of all addresses in it replaced. */
export const redactUrls = (text: string): string => text.replace(/(\w+:\/\/[^\s:/@]*):[^\s@]*@/g, '$1:***@')
