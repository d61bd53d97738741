/** Texts within a PNG file: chunks `iTXt` of the PNG specification (W3C, third edition, §11.3.3.4). */

const HEAD = 8 + 25; // bytes: signature, and the chunk IHDR, which comes first
const POLYNOMIAL = 0xedb88320;

/**
 * Return a PNG file with texts in it; empty ones are left out.
 *
 * @param {ArrayBuffer} png
 * @param {Record<string, string>} texts By keyword, of Latin letters.
 */
export function withTexts(png, texts) {
  const bytes = new Uint8Array(png);
  const chunks = Object.entries(texts).flatMap(([keyword, text]) =>
    text === "" ? [] : [chunk(keyword, text)],
  );
  return new Blob([bytes.subarray(0, HEAD), ...chunks, bytes.subarray(HEAD)], { type: "image/png" });
}

/**
 * @param {string} keyword
 * @param {string} text
 */
function chunk(keyword, text) {
  // keyword, end, uncompressed, its method, no language, no translated keyword
  const body = new TextEncoder().encode(`iTXt${keyword}\0\0\0\0\0${text}`);
  const whole = new Uint8Array(body.length + 8);
  const view = new DataView(whole.buffer);
  view.setUint32(0, body.length - 4);
  whole.set(body, 4);
  view.setUint32(body.length + 4, checksum(body));
  return whole;
}

/**
 * CRC-32 as PNG has it (Annex D).
 *
 * @param {Uint8Array} bytes
 */
function checksum(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return ~crc >>> 0;
}
