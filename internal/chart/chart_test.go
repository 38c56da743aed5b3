package chart

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"
)

var (
	red  = color.RGBA{200, 30, 30, 255}
	blue = color.RGBA{30, 30, 200, 255}
)

func example() *Chart {
	return &Chart{
		Title:  "Title",
		Legend: []Style{{"one", red, false}, {"two", blue, true}},
		Places: []string{"0", "1", "10"},
		Axis:   "ms",
		Rows: []Row{{Axis: "calls/s", Min: 1, Max: 10000, Panels: []Panel{
			{"left", [][]float64{{10, 100, 1000}, {20, math.NaN(), 2000}}},
			{"right", [][]float64{{1, 1e9, 0.001}, {math.NaN(), math.NaN(), math.NaN()}}},
		}}},
	}
}

// count returns how many pixels of a rectangle have the colour.
func count(img image.Image, r image.Rectangle, c color.RGBA) (n int) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if img.At(x, y) == c {
				n++
			}
		}
	}
	return n
}

// A value is where its panel and its axis say, and values beyond the axis on its edge.
func TestValuesAreWhereTheyBelong(t *testing.T) {
	c := example()
	var b bytes.Buffer
	if err := c.WritePNG(&b); err != nil {
		t.Fatal(err)
	}
	decoded, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewRGBA(decoded.Bounds())
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			img.Set(x, y, decoded.At(x, y))
		}
	}
	in := func(column int) image.Rectangle {
		return image.Rect(axisWidth+column*panelWidth+left, titleHeight+top, axisWidth+(column+1)*panelWidth-right, titleHeight+panelHeight-bottom)
	}
	around := func(column, place int, share float64) image.Rectangle { // share of the height, from below
		r := in(column)
		x := r.Min.X + int(float64(r.Dx())*(float64(place)+0.5)/3)
		y := r.Max.Y - int(share*float64(r.Dy()))
		return image.Rect(x-3, y-3, x+4, y+4)
	}
	for i, share := range []float64{0.25, 0.5, 0.75} { // 10, 100, 1000 between 1 and 10000
		if n := count(img, around(0, i, share), red); n < 25 {
			t.Errorf("value %d of the first line is not at its place: %d pixels", i, n)
		}
	}
	if count(img, around(1, 0, 0), red) < 15 || count(img, around(1, 1, 1), red) < 15 || count(img, around(1, 2, 0), red) < 15 {
		t.Error("values at and beyond the axis are not on its edge")
	}
	if count(img, in(1), blue) != 0 {
		t.Error("a line without values was drawn")
	}
	middle := around(0, 1, 0.5)
	middle.Min.Y, middle.Max.Y = in(0).Min.Y, in(0).Max.Y
	if count(img, in(0), blue) < 30 || count(img, middle, blue) != 0 {
		t.Error("a line is not broken where it has no value")
	}
}

func TestLabels(t *testing.T) {
	for v, want := range map[float64]string{0.1: "0.1", 1: "1", 100: "100", 1000: "1k", 10000: "10k", 1e6: "1000k"} {
		if got := short(v); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
}
