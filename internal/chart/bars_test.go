package chart

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// The longest bar of a panel has all the room, the others their share of it, and the
// parts of a bar are one behind the other.
func TestBars(t *testing.T) {
	c := &BarChart{Title: "Title", Rows: []BarRow{{Title: "row", Panels: []BarPanel{{Title: "panel", Bars: []Bar{
		{Name: "a", Parts: []float64{30, 10}, Color: []color.RGBA{red, blue}},
		{Name: "b", Parts: []float64{20}, Color: []color.RGBA{red}},
		{Name: "c"},
	}}}}}}
	var b bytes.Buffer
	if err := c.WritePNG(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	top := c.head() + barRowTitle + barTop
	room := barPanelWidth - barName - barText
	for i, want := range []struct{ red, blue int }{{room * 3 / 4, room / 4}, {room / 2, 0}, {0, 0}} {
		middle := top + i*barPitch + barHeight/2
		line := image.Rect(0, middle, img.Bounds().Dx(), middle+1)
		// the edge between two parts may belong to neither
		if r, b := count(img, line, red), count(img, line, blue); r < want.red-1 || r > want.red || b < want.blue-1 || b > want.blue {
			t.Errorf("bar %d: %d pixels red and %d blue, want %+v", i, r, b, want)
		}
	}
}
