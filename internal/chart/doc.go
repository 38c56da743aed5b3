// Package chart draws line charts in a grid of panels, as a PNG: logarithmic
// ordinates, labelled places on the abscissa, one legend for all.
package chart
