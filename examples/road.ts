// Draws what a camera behind a windscreen sees of a road, and knows at what angle to steer. The car stands
// beside the middle of its road, at an angle to it, before a bend; so the steering angle is in the picture,
// and nothing but the picture is shown to the network of `12-steering.ts`.

import { Generator } from "chainrule";

export const [height, width] = [32, 64];

/** Places and angles, in metres and radians: how far left of the middle, turned how far left, and 1 / radius of the bend. */
export interface Place {
  readonly offset: number;
  readonly heading: number;
  readonly curvature: number;
}

const cameraHeight = 1.2;
const focalLength = 40; // in pixels: half the picture's width is 39° to the side
const horizon = 8; //      row of pixels
const roadHalf = 3.5;
const wheelbase = 2.7;
const lookAhead = 10;

/** How far to the right the middle of the road is, `distance` metres ahead. */
function middle({ offset, heading, curvature }: Place, distance: number): number {
  return offset + heading * distance + (curvature * distance ** 2) / 2;
}

/** Angle of the front wheels in degrees, right is positive: towards a point of the middle 10 m ahead (pure pursuit, R. Coulter 1992). */
export function steeringAngle(place: Place): number {
  const side = middle(place, lookAhead);
  const angle = Math.atan((2 * wheelbase * side) / (lookAhead ** 2 + side ** 2));
  return (180 / Math.PI) * angle;
}

/** The picture in shades of gray, 0 to 1, row by row; `light` dims it, `grain` is what a camera adds. */
export function draw(place: Place, light: number, grain: Float64Array): Float32Array {
  return Float32Array.from({ length: height * width }, (_, pixel) => {
    const [row, column] = [Math.floor(pixel / width), pixel % width];
    const shade = row < horizon ? 0.9 : ground(place, row, column);
    return Math.min(1, Math.max(0, light * shade + 0.08 * grain[pixel]));
  });
}

/** What lies behind a pixel below the horizon: grass, asphalt, a line at either side, dashes in the middle. */
function ground(place: Place, row: number, column: number): number {
  const distance = (cameraHeight * focalLength) / (row - horizon + 0.5);
  const side = ((column - width / 2 + 0.5) * distance) / focalLength; // metres to the right of the camera
  const fromMiddle = Math.abs(side - middle(place, distance));
  if (fromMiddle > roadHalf) return 0.35;
  if (fromMiddle > roadHalf - 0.3) return 0.85;
  return fromMiddle < 0.15 && distance % 6 < 3 ? 0.85 : 0.55;
}

/** Pictures `[count, 1, 32, 64]` and their angles in degrees `[count, 1]`, of places by chance. */
export function drive(count: number, seed: number): { images: Float32Array; angles: Float32Array } {
  const { stream } = new Generator(seed);
  const images = new Float32Array(count * height * width);
  const angles = new Float32Array(count);
  for (let k = 0; k < count; k++) {
    const [u, v, w, light] = stream.uniform(4);
    const between = (limit: number, share: number): number => limit * (2 * share - 1);
    const place = {
      offset: between(1.5, u),
      heading: between(0.15, v),
      curvature: between(0.04, w),
    };
    const picture = draw(place, 0.6 + 0.4 * light, stream.normal(height * width));
    images.set(picture, k * height * width);
    angles[k] = steeringAngle(place);
  }
  return { images, angles };
}
