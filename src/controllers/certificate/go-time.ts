// Times as upstream's messages print them. Not how they are stored: that is RFC 3339, in base.

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `date` as Go prints a time in UTC by default: `2027-01-21 19:06:29 +0000 UTC`. Whole seconds only. */
export function goTime(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
}

/** `date` in Go's RFC1123 layout, in UTC: `Thu, 21 Jan 2027 19:06:29 UTC`. */
export function rfc1123Time(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, '0');
  const clock = date.toISOString().slice(11, 19);
  return `${days[date.getUTCDay()]}, ${day} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()} ${clock} UTC`;
}
