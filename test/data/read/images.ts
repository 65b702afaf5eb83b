// Small images for tests, written by Pillow 12 from one pattern of 12 × 9 pixels: red 20 x, green 28 y, blue 12 (x + y); alpha
// 21 x; grey the mean of the three, or 4096 x + 257 y in 16 bits, or whether it is over 90; four colours; and JPEG.

const encoded: Readonly<Record<string, string>> = {
  "gray1.png":
    "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAJAQAAAAAuw/D5AAAAI0lEQVR4nGNgKGBg+MDEyMDExsDEwcAkwMCkwMD4" +
    "/yMTAwMAK6YDnesAquUAAAAASUVORK5CYII=",
  "gray16.png":
    "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAJEAAAAABzQ07LAAAAF0lEQVR4nGNkYBDAClkYGRkZsMEhJgEAyrYBOlAR" +
    "jboAAAAASUVORK5CYII=",
  "palette4.png":
    "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAJAgMAAAB71iXHAAAADFBMVEWgqKgoqGCgKnIoKiqmzF47AAAAJUlEQVR4" +
    "nGP8/3sDEwMDAxPDBwYmBgYGhqsRDCwNv+F8JgYGBgCpPAdEg0EPqwAAAABJRU5ErkJggg==",
  "la8.png":
    "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAJCAQAAACssQXfAAAALUlEQVR4nGNkYOAS5RblFkUnWXgZuBm4GLgxSBZe" +
    "LILcDNwMLHxY1XMzDKhRAMo1BZOR6NAvAAAAAElFTkSuQmCC",
  "rgba8.png":
    "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAJCAYAAAAGuM1UAAAAIElEQVR4nGNkYGBgEGHgESUWszDI8DAwMBCPRzXQ" +
    "RAMA/f4HyQ68ZPkAAAAASUVORK5CYII=",
  "rgb8.png":
    "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAJCAIAAACJ2loDAAAAG0lEQVR4nGNkYGAQYeDBj1gYZHgYGAigUUU8AOvO" +
    "BuL5g5PZAAAAAElFTkSuQmCC",
  "rgb.jpg":
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJ" +
    "BwYGCAsICQoKCgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK" +
    "CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgr/wAARCAAJAAwDAREAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAA" +
    "AAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAk" +
    "M2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKT" +
    "lJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QA" +
    "HwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdh" +
    "cRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hp" +
    "anN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk" +
    "5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwD5f/Z5/wCCXX+o/wCKd9P+WVc2T59tqfF+Fvjp8H73t1PsbwT/" +
    "AMEu/wDinof+Ke/8hewr9HwuffuVqf3pw946f8JcP3v4nvf7PHWD6Cv59yfof4T+Ff2PkfY3gr/kXofp/QV+kYX+" +
    "Cj+9eHv+RXA//9k=",
  "cmyk.jpg":
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcG" +
    "BggLCAkKCgoKCgYICwwLCgwJCgoK/8AAFAgACQAMBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAAB" +
    "AgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNi" +
    "coIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SV" +
    "lpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4E" +
    "QwBNAFkASwAAPwD4X/4JJf8AMM/4BXg//DgH/qSv/Jf/AOtXyf8AsSfsSf8AHp/xKP7v8Ffv5X9Dn7Nv/JJtP/H+" +
    "Qo/4cA/9SV/5L/8A1q/UT4T/ALEn/FE2v/Eo/wDHPYUV/PH/AMEkv+YZ/wAAr9+K8T/Yk/5dP+A0V/Q5+zb/AMkm" +
    "0/8AH+Qor9RPhP8A8iTa/wCewor/2Q==",
};

/** A progressive JPEG that was damaged to have height 0, which jpeg-js decodes; found by fuzzing. */
const flat: string =
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZG" +
  "NywtQFdBRkxOUlNSMj5aYVpQYEpRUk//wgALCAAAABABAREA/9kAFQABAQAAAAAAAAAAAAAAAAAAAwT/2gAIAQEA" +
  "AAABKn//xAAYEAADAQEAAAAAAAAAAAAAAAAAAQIEA//aAAgBAQABBQJZbkWvnJ//xAAYEAACAwAAAAAAAAAARjcs" +
  "LUBXQUZMTlJTAAgBAQAGPwKritFVJaP/xAAYEAEAAwEAAAAAAAAAAAAAAAABAJGhIf/aAAgBAQABPyHYolcmRgKn" +
  "/9oACAEBAAAAEH//xAAbEAACAgMBAAAAAAAAAAAAAAAxQQARIWGRAf/aAAgBAQABPxDfjWYKdFCbtazhT3pQn//Z";

/** The bytes of that file. */
export const flatJpeg: Uint8Array = new Uint8Array(Buffer.from(flat, "base64"));

/** The bytes of an image by its name. */
export function imageBytes(name: string): Uint8Array {
  return new Uint8Array(Buffer.from(encoded[name], "base64"));
}

export const imageFiles: readonly string[] = Object.keys(encoded);
