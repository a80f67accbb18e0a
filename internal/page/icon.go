package page

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"sync"
)

// The server's own sign stands on a field of 32 by 32: the first syllable of its
// name. It is drawn as SVG and, for those who take nothing else, as pixels.
const field = 32

// bar is a rectangle by two of its corners.
type bar struct{ x0, y0, x1, y1 float64 }

var (
	bars = []bar{{5.8, 8.8, 16.2, 23.2}, {18.3, 4.8, 20.7, 27.2}, {20.7, 14.8, 25.2, 17.2}}
	hole = bar{8.2, 11.2, 13.8, 20.8}

	celadon = color.NRGBA{0x1B, 0x6B, 0x58, 0xFF}
)

// Icon returns the sign as SVG.
func Icon() string {
	var path strings.Builder
	for _, b := range append(bars, hole) {
		fmt.Fprintf(&path, "M%g %gH%gV%gH%gz", b.x0, b.y0, b.x1, b.y1, b.x0)
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d"><rect width="%d" height="%d" rx="9" fill="#%X"/>`+
		`<path d="%s" fill="#fff" fill-rule="evenodd"/></svg>`, field, field, field, field,
		[]byte{celadon.R, celadon.G, celadon.B}, path.String())
}

// picture is the sign as pixels: how many it is wide; and whether it fills its
// square, for a system that cuts a shape of its own out of it.
type picture struct {
	file  string
	size  int
	whole bool
	draw  func() ([]byte, error) // once
}

var pictures = []picture{
	newPicture("192.png", 192, false), newPicture("512.png", 512, false), newPicture("whole.png", 512, true), newPicture("180.png", 180, true),
}

func newPicture(file string, size int, whole bool) picture {
	return picture{file, size, whole, sync.OnceValues(func() ([]byte, error) { return drawIcon(size, whole) })}
}

// Picture returns the sign in a file of the names that Manifest gives.
func Picture(file string) ([]byte, bool, error) {
	for _, p := range pictures {
		if p.file == file {
			body, err := p.draw()
			return body, true, err
		}
	}
	return nil, false, nil
}

// drawIcon draws the sign. What a system cuts out keeps the middle four fifths.
func drawIcon(size int, whole bool) ([]byte, error) {
	scale, radius := float64(size)/field, 9.0
	if whole {
		radius = 0
	}
	m := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			ground := celadon
			ground.A = uint8(math.Round(255 * rounded(float64(x)+.5, float64(y)+.5, float64(size), radius*scale)))
			ink := -hole.covers(x, y, size, whole)
			for _, b := range bars {
				ink += b.covers(x, y, size, whole)
			}
			mix := func(from uint8) uint8 { return uint8(math.Round(float64(from) + (255-float64(from))*ink)) }
			m.SetNRGBA(x, y, color.NRGBA{mix(ground.R), mix(ground.G), mix(ground.B), ground.A})
		}
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err := encoder.Encode(&out, m)
	return out.Bytes(), err
}

// covers returns how much of a pixel a bar covers. In a whole picture the sign
// is smaller.
func (b bar) covers(x, y, size int, whole bool) float64 {
	scale, move := float64(size)/field, 0.0
	if whole {
		scale, move = scale*.76, float64(size)*.12
	}
	overlap := func(from, to float64, at int) float64 {
		return max(0, min(to*scale+move, float64(at+1))-max(from*scale+move, float64(at)))
	}
	return overlap(b.x0, b.x1, x) * overlap(b.y0, b.y1, y)
}

// rounded returns how much of the pixel around a point lies in a square with
// round corners.
func rounded(x, y, size, radius float64) float64 {
	dx, dy := radius-min(x, size-x), radius-min(y, size-y)
	if dx <= 0 || dy <= 0 {
		return 1
	}
	return min(1, max(0, radius-math.Hypot(dx, dy)+.5))
}
