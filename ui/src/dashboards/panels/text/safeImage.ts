// Pictures that dashboards may show: those within the text itself, and files of this server. Another server would learn who looks at
// what, and the policy of the page lets none in. Pure.

const WITHIN = /^data:image\/(png|jpe?g|gif|webp|avif|svg\+xml|bmp|x-icon)[;,]/i;
/** Other addresses of this server are no pictures: asking them might do something. */
const FILE = /\.(png|jpe?g|gif|webp|avif|svg|bmp|ico)$/i;

/** The address to load, seen from the page at `here`; undefined where none may be. */
export function safeImage(src: string, here: string): string | undefined {
  const written = src.trim();
  if (WITHIN.test(written)) return written;
  const url = URL.parse(written, here);
  return url !== null && url.origin === new URL(here).origin && FILE.test(url.pathname) ? url.href : undefined;
}
