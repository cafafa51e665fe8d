// Masks as pictures: the ink they are drawn in, a mask that was made before, and the file that is sent.

const STRIPES = 24; // pixels from one to the next, on a picture 1280 wide

// Two colours in stripes, so that one of them is seen on any picture.
export function hatch(canvas) {
  const style = getComputedStyle(document.documentElement);
  const side = Math.max(8, Math.round((STRIPES * canvas.width) / 1280));
  const tile = new OffscreenCanvas(side, side);
  const paper = tile.getContext("2d");
  paper.fillStyle = style.getPropertyValue("--marking").trim();
  paper.fillRect(0, 0, side, side);
  paper.strokeStyle = style.getPropertyValue("--marking-line").trim();
  paper.lineWidth = side / 5;
  paper.beginPath();
  for (const shift of [-side, 0, side]) {
    paper.moveTo(shift - side, side * 2);
    paper.lineTo(shift + side * 2, -side);
  }
  paper.stroke();
  return canvas.getContext("2d").createPattern(tile, "repeat");
}

// What is white in a mask, opaque; the rest transparent.
export async function read(address, width, height) {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const sheet = new OffscreenCanvas(width, height);
  const paper = sheet.getContext("2d", { willReadFrequently: true });
  paper.drawImage(picture, 0, 0, width, height);
  const pixels = paper.getImageData(0, 0, width, height);
  for (let index = 0; index < pixels.data.length; index += 4) pixels.data[index + 3] = pixels.data[index];
  paper.putImageData(pixels, 0, 0);
  return sheet;
}

// What is opaque on the canvas, white on black; null where nothing is half opaque.
export async function written(canvas) {
  const sheet = new OffscreenCanvas(canvas.width, canvas.height);
  const paper = sheet.getContext("2d", { willReadFrequently: true });
  paper.drawImage(canvas, 0, 0);
  const pixels = paper.getImageData(0, 0, sheet.width, sheet.height);
  let isEmpty = true;
  for (let index = 0; index < pixels.data.length; index += 4) {
    const share = pixels.data[index + 3];
    if (share > 127) isEmpty = false;
    pixels.data[index] = pixels.data[index + 1] = pixels.data[index + 2] = share;
    pixels.data[index + 3] = 255;
  }
  if (isEmpty) return null;
  paper.putImageData(pixels, 0, 0);
  return new File([await sheet.convertToBlob({ type: "image/png" })], "mask.png", { type: "image/png" });
}
