// Files of a zip archive, read in the browser: the directory at the end says where each stands, the browser unpacks it.
//
//   ... local header | name | extra | packed bytes ...   directory: one entry a file   end: entries, offset of the directory
//
// Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

export interface ZipFile {
  readonly name: string;
  readonly text: string;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
/** The end may have a comment of this many bytes behind it. */
const MOST_COMMENT = 65_535;
/** Files beyond this are no archive of dashboards. */
const MOST_FILES = 2_000;
/** 32 MiB unpacked: no dashboard is as large, and a small archive can unpack to anything. */
const MOST_BYTES = 32 * 1024 * 1024;

export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= END_BYTES && bytes[0] === 0x50 && bytes[1] === 0x4b;
}

/** The files whose names `wanted` takes, in their order. Throws an Error with words for people. */
export async function readZip(bytes: Uint8Array, wanted: (name: string) => boolean): Promise<ZipFile[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = (offset: number, size: 2 | 4) => {
    if (offset < 0 || offset + size > bytes.length) throw new Error("The archive is cut short.");
    return size === 2 ? view.getUint16(offset, true) : view.getUint32(offset, true);
  };
  const end = endOf(view);
  const count = Math.min(MOST_FILES, at(end + 10, 2));
  let entry = at(end + 16, 4);
  const files: ZipFile[] = [];
  let left = MOST_BYTES;
  for (let index = 0; index < count; index += 1) {
    if (at(entry, 4) !== ENTRY) throw new Error("The archive's directory is broken.");
    const [flags, method] = [at(entry + 8, 2), at(entry + 10, 2)];
    const [packed, nameLength] = [at(entry + 20, 4), at(entry + 28, 2)];
    const name = new TextDecoder().decode(bytes.subarray(entry + 46, entry + 46 + nameLength));
    const local = at(entry + 42, 4);
    entry += 46 + nameLength + at(entry + 30, 2) + at(entry + 32, 2);
    if (name.endsWith("/") || !wanted(name)) continue;
    if ((flags & 1) === 1) throw new Error(`${name} is encrypted.`);
    if (at(local, 4) !== LOCAL) throw new Error(`${name} is not where the directory says.`);
    const start = local + 30 + at(local + 26, 2) + at(local + 28, 2);
    const text = await unpacked(bytes.subarray(start, start + packed), method, name, left);
    left -= text.length;
    files.push({ name, text });
  }
  return files;
}

function endOf(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - MOST_COMMENT); at -= 1) if (view.getUint32(at, true) === END) return at;
  throw new Error("The archive has no directory: it is cut short, or no zip.");
}

async function unpacked(packed: Uint8Array, method: number, name: string, most: number): Promise<string> {
  if (method !== 0 && method !== 8) throw new Error(`${name} is packed in a way that is not read here.`);
  const source = new Blob([new Uint8Array(packed)]).stream();
  const stream = method === 0 ? source : source.pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length > most) {
      await reader.cancel();
      throw new Error(`The archive unpacks to more than ${MOST_BYTES / 1024 / 1024} MiB.`);
    }
  }
}
