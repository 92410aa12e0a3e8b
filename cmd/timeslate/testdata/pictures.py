"""Decodes films with OpenCV and with PyAV, reading from the start to the end, and prints a line per picture:
reader, index of the film, hash of the picture, and the Unix milliseconds of the simulator's bar code, or 0."""

import hashlib
import sys

import av
import cv2


def barcode(luma):
    """The bar code of the top row of blocks: white, black, 48 bits of time, 8 bits of the sum of their bytes."""
    if luma.shape[1] < 58 * 16:
        return 0
    level = [luma[4:12, 16 * i + 4:16 * i + 12].mean() for i in range(58)]
    if level[0] - level[1] < 70:
        return 0
    code = 0
    for v in level[2:]:
        code = code << 1 | int(v > (level[0] + level[1]) / 2)
    time = code >> 8
    return time if sum(time.to_bytes(6, "big")) & 255 == code & 255 else 0


def opencv(name):
    film = cv2.VideoCapture(name)
    while True:
        there, picture = film.read()
        if not there:
            return
        yield cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def pyav(name):
    with av.open(name) as film:
        for picture in film.decode(video=0):
            yield picture.to_ndarray(format="gray")


for reader in (opencv, pyav):
    for i, name in enumerate(sys.argv[1:]):
        for luma in reader(name):
            print(reader.__name__, i, hashlib.md5(luma.tobytes()).hexdigest(), barcode(luma))
