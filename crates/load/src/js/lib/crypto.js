// The module "k6/crypto": digests, HMAC, random bytes.
(native) => {
  'use strict';
  const hashes = ['md4', 'md5', 'sha1', 'sha256', 'sha384', 'sha512', 'sha512_224', 'sha512_256', 'ripemd160'];
  const out = {};
  for (const name of hashes) out[name] = (input, encoding) => native.encode(native.digest(name, [input]), String(encoding));
  out.hmac = (name, secret, input, encoding) => native.encode(native.hmac(String(name), secret, [input]), String(encoding));
  out.hexEncode = (input) => native.encode(input, 'hex');
  out.randomBytes = (size) => {
    if (!(size >= 1)) throw new Error('invalid size');
    return native.randomBytes(Math.floor(size));
  };
  const hasher = (finish) => {
    const parts = [];
    return {
      update(input) { parts.push(typeof input === 'string' ? input : native.copy(input)); return this; },
      digest(encoding) { return native.encode(finish(parts), String(encoding)); },
    };
  };
  out.createHash = (name) => hasher((parts) => native.digest(String(name), parts));
  out.createHMAC = (name, secret) => hasher((parts) => native.hmac(String(name), secret, parts));
  return out;
}
