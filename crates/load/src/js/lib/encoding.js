// The module "k6/encoding": base64.
(native) => {
  'use strict';
  const b64encode = (input, variant) => native.base64Encode(input, variant === undefined ? 'std' : String(variant));
  const b64decode = (input, variant, format) => {
    const bytes = native.base64Decode(String(input), variant === undefined ? 'std' : String(variant));
    return format === 's' ? native.utf8Decode(bytes, false) : bytes;
  };
  return { b64encode, b64decode };
}
