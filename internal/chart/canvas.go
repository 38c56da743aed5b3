package chart

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

var (
	paper = color.RGBA{255, 255, 255, 255}
	ink   = color.RGBA{40, 40, 40, 255}
	grid  = color.RGBA{222, 222, 222, 255}
)

var small, medium, large = face(13), face(15), face(20)

// face is the Go font, which is part of the library, in a size.
func face(size float64) font.Face {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		panic("BUG: the built-in font is broken: " + err.Error())
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic("BUG: the built-in font is broken: " + err.Error())
	}
	return face
}

type point struct{ x, y float64 }

// A canvas is an image to draw on, with smooth edges.
type canvas struct{ img *image.RGBA }

func newCanvas(w, h int) *canvas {
	k := &canvas{image.NewRGBA(image.Rect(0, 0, w, h))}
	draw.Draw(k.img, k.img.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	return k
}

// fill fills a polygon.
func (k *canvas) fill(c color.RGBA, corners ...point) {
	b := k.img.Bounds()
	r := vector.NewRasterizer(b.Dx(), b.Dy())
	for i, p := range corners {
		if i == 0 {
			r.MoveTo(float32(p.x), float32(p.y))
		} else {
			r.LineTo(float32(p.x), float32(p.y))
		}
	}
	r.ClosePath()
	r.Draw(k.img, b, image.NewUniform(c), image.Point{})
}

func (k *canvas) dot(at point, radius float64, c color.RGBA) {
	var corners []point
	for i := range 24 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 24)
		corners = append(corners, point{at.x + radius*cos, at.y + radius*sin})
	}
	k.fill(c, corners...)
}

const dash, gap = 8.0, 5.0

// line connects the points; its dashes go on around the corners.
func (k *canvas) line(points []point, width float64, c color.RGBA, dashed bool) {
	walked := 0.0
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		length := math.Hypot(b.x-a.x, b.y-a.y)
		if !dashed {
			k.stroke(a, b, width, c)
			continue
		}
		at := func(d float64) point { return point{a.x + (b.x-a.x)*d/length, a.y + (b.y-a.y)*d/length} }
		for d := -math.Mod(walked, dash+gap); d < length; d += dash + gap {
			if from, to := max(d, 0), min(d+dash, length); to > from {
				k.stroke(at(from), at(to), width, c)
			}
		}
		walked += length
	}
}

func (k *canvas) stroke(a, b point, width float64, c color.RGBA) {
	length := math.Hypot(b.x-a.x, b.y-a.y)
	if length == 0 {
		return
	}
	dx, dy := (b.y-a.y)/length*width/2, (a.x-b.x)/length*width/2
	k.fill(c, point{a.x + dx, a.y + dy}, point{b.x + dx, b.y + dy}, point{b.x - dx, b.y - dy}, point{a.x - dx, a.y - dy})
}

type align int

const (
	alignLeft align = iota
	alignCentre
	alignRight
)

// text writes s with its base line at y, and returns its width.
func (k *canvas) text(s string, x, y int, f font.Face, c color.RGBA, a align) int {
	w := font.MeasureString(f, s).Ceil()
	switch a {
	case alignCentre:
		x -= w / 2
	case alignRight:
		x -= w
	}
	d := font.Drawer{Dst: k.img, Src: image.NewUniform(c), Face: f, Dot: fixed.P(x, y)}
	d.DrawString(s)
	return w
}

// vertical writes s upwards, its middle at y.
func (k *canvas) vertical(s string, x, y int) {
	w, h := font.MeasureString(medium, s).Ceil(), 20
	flat := newCanvas(w, h)
	flat.text(s, 0, 15, medium, ink, alignLeft)
	for i := range w {
		for j := range h {
			k.img.SetRGBA(x-15+j, y+w/2-i, flat.img.RGBAAt(i, j))
		}
	}
}
