package chart

import (
	"image"
	"image/color"
	"image/png"
	"io"
)

// A BarChart is a grid of panels with horizontal bars. Each panel has its own scale,
// from zero.
type BarChart struct {
	Title  string
	Legend []Style // of the parts of the bars; may be empty
	Rows   []BarRow
}

// A BarRow is panels side by side.
type BarRow struct {
	Title  string // empty: it belongs to the row above
	Panels []BarPanel
}

// A BarPanel is bars one below the other.
type BarPanel struct {
	Title string
	Bars  []Bar
}

// A Bar is parts one behind the other, and a text behind them.
type Bar struct {
	Name  string
	Parts []float64
	Color []color.RGBA // of each part
	Text  string
}

// Sizes in pixels.
const (
	barPanelWidth = 350
	barHeight     = 20
	barPitch      = 27
	barName       = 92 // room for the names
	barText       = 84 // and for the texts
	barTop        = 34
	barBottom     = 18
	barRowTitle   = 34
	barMargin     = 20
)

// WritePNG draws the chart.
func (c *BarChart) WritePNG(w io.Writer) error { return png.Encode(w, c.draw()) }

func (c *BarChart) draw() image.Image {
	columns, height := 1, c.head()
	for _, r := range c.Rows {
		columns = max(columns, len(r.Panels))
		height += r.height()
	}
	k := newCanvas(2*barMargin+columns*barPanelWidth, height+barMargin)
	k.text(c.Title, barMargin, 34, large, ink, alignLeft)
	c.legend(k)
	y := c.head()
	for _, r := range c.Rows {
		r.heading(k, y, columns)
		for i, p := range r.Panels {
			p.draw(k, barMargin+i*barPanelWidth, y+r.head())
		}
		y += r.height()
	}
	return k.img
}

func (c *BarChart) head() int {
	if len(c.Legend) == 0 {
		return 56
	}
	return 84
}

func (c *BarChart) legend(k *canvas) {
	x := barMargin
	for _, s := range c.Legend {
		k.rect(s.Color, x, 50, 14, 14)
		x += 21
		x += k.text(s.Name, x, 62, small, ink, alignLeft) + 26
	}
}

// heading writes the title above a line; a row without one goes on from the one above it.
func (r BarRow) heading(k *canvas, y, columns int) {
	if r.Title != "" {
		k.text(r.Title, barMargin, y+18, medium, ink, alignLeft)
		k.line([]point{{barMargin, float64(y) + 26.5}, {float64(barMargin + columns*barPanelWidth), float64(y) + 26.5}}, 1, grid, false)
	}
}

func (r BarRow) head() int {
	if r.Title == "" {
		return 0
	}
	return barRowTitle
}

func (r BarRow) height() int {
	most := 0
	for _, p := range r.Panels {
		most = max(most, len(p.Bars))
	}
	return r.head() + barTop + most*barPitch + barBottom
}

func (p BarPanel) draw(k *canvas, x, y int) {
	k.text(p.Title, x, y+20, small, ink, alignLeft)
	longest := 0.0
	for _, b := range p.Bars {
		longest = max(longest, b.sum())
	}
	room := float64(barPanelWidth - barName - barText)
	for i, b := range p.Bars {
		top := y + barTop + i*barPitch
		base := top + barHeight - 5
		k.text(b.Name, x+barName-8, base, small, ink, alignRight)
		at := float64(x + barName)
		for j, v := range b.Parts {
			w := 0.0
			if longest > 0 {
				w = v / longest * room
			}
			k.fill(b.Color[j], point{at, float64(top)}, point{at + w, float64(top)}, point{at + w, float64(top + barHeight)}, point{at, float64(top + barHeight)})
			at += w
		}
		k.text(b.Text, int(at)+7, base, small, ink, alignLeft)
	}
}

func (b Bar) sum() (sum float64) {
	for _, v := range b.Parts {
		sum += v
	}
	return sum
}

// rect fills a rectangle.
func (k *canvas) rect(c color.RGBA, x, y, w, h int) {
	a, b := point{float64(x), float64(y)}, point{float64(x + w), float64(y + h)}
	k.fill(c, a, point{b.x, a.y}, b, point{a.x, b.y})
}
