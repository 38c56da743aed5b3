package chart

import (
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"strconv"
)

// A Chart is a grid of panels that share their kinds of lines.
type Chart struct {
	Title  string
	Legend []Style
	Places []string // labels of the abscissa, from left to right
	Axis   string   // what it shows
	Rows   []Row
}

// A Style is how the lines of one name look.
type Style struct {
	Name   string
	Color  color.RGBA
	Dashed bool
}

// A Row is panels side by side with the same ordinate, in whole powers of ten.
type Row struct {
	Axis     string // what the ordinate shows
	Min, Max float64
	Panels   []Panel
}

// A Panel has a line for each style of the legend: a value for each place, NaN where there is none.
type Panel struct {
	Title string
	Lines [][]float64
}

// Sizes in pixels.
const (
	panelWidth, panelHeight = 310, 250
	left, right             = 74, 14
	top, bottom             = 34, 46
	titleHeight             = 84
	axisWidth               = 26
)

// WritePNG draws the chart.
func (c *Chart) WritePNG(w io.Writer) error { return png.Encode(w, c.draw()) }

func (c *Chart) draw() image.Image {
	columns := 0
	for _, r := range c.Rows {
		columns = max(columns, len(r.Panels))
	}
	k := newCanvas(axisWidth+columns*panelWidth, titleHeight+len(c.Rows)*panelHeight)
	k.text(c.Title, 20, 30, large, ink, alignLeft)
	c.legend(k)
	for i, r := range c.Rows {
		y := titleHeight + i*panelHeight
		k.vertical(r.Axis, axisWidth-6, y+top+(panelHeight-top-bottom)/2)
		for j, p := range r.Panels {
			frame{k, c, r, image.Rect(axisWidth+j*panelWidth+left, y+top, axisWidth+(j+1)*panelWidth-right, y+panelHeight-bottom)}.draw(p)
		}
	}
	return k.img
}

func (c *Chart) legend(k *canvas) {
	x := 20
	for _, s := range c.Legend {
		k.line([]point{{float64(x), 58}, {float64(x) + 34, 58}}, 2.5, s.Color, s.Dashed)
		k.dot(point{float64(x) + 17, 58}, 4, s.Color)
		x += 42
		x += k.text(s.Name, x, 63, small, ink, alignLeft) + 28
	}
}

// A frame is where a panel's lines go.
type frame struct {
	k    *canvas
	c    *Chart
	row  Row
	rect image.Rectangle
}

func (f frame) draw(p Panel) {
	f.k.text(p.Title, (f.rect.Min.X+f.rect.Max.X)/2, f.rect.Min.Y-10, medium, ink, alignCentre)
	for v := f.row.Min; v <= f.row.Max*1.001; v *= 10 {
		y := f.y(v)
		f.k.line([]point{{float64(f.rect.Min.X), y}, {float64(f.rect.Max.X), y}}, 1, grid, false)
		f.k.text(short(v), f.rect.Min.X-6, int(y)+5, small, ink, alignRight)
	}
	for i, label := range f.c.Places {
		x := f.x(i)
		f.k.line([]point{{x, float64(f.rect.Max.Y)}, {x, float64(f.rect.Max.Y) + 5}}, 1, ink, false)
		f.k.text(label, int(x), f.rect.Max.Y+19, small, ink, alignCentre)
	}
	f.k.text(f.c.Axis, (f.rect.Min.X+f.rect.Max.X)/2, f.rect.Max.Y+36, small, ink, alignCentre)
	for i := len(p.Lines) - 1; i >= 0; i-- { // the first one on top
		f.series(p.Lines[i], f.c.Legend[i])
	}
}

// series draws one line; it is broken where there is no value.
func (f frame) series(values []float64, s Style) {
	var run []point
	end := func() {
		f.k.line(run, 2.5, s.Color, s.Dashed)
		for _, p := range run {
			f.k.dot(p, 4, s.Color)
		}
		run = nil
	}
	for i, v := range values {
		if math.IsNaN(v) || v <= 0 {
			end()
			continue
		}
		run = append(run, point{f.x(i), f.y(v)})
	}
	end()
}

func (f frame) x(i int) float64 {
	w := float64(f.rect.Dx()) / float64(max(len(f.c.Places), 1))
	return float64(f.rect.Min.X) + w*(float64(i)+0.5)
}

// y is where a value lies; one beyond the axis lies on its edge.
func (f frame) y(v float64) float64 {
	share := math.Log(v/f.row.Min) / math.Log(f.row.Max/f.row.Min)
	return float64(f.rect.Max.Y) - min(max(share, 0), 1)*float64(f.rect.Dy())
}

// short writes a power of ten.
func short(v float64) string {
	if v >= 1000 {
		return strconv.FormatFloat(v/1000, 'g', 4, 64) + "k"
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
