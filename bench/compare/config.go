package main

import (
	"embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/internal/benchproxy"
)

//go:embed configs
var configs embed.FS

// parts are what the configurations of a product have in common.
var parts = []string{"head", "calls", "dialog", "registrar", "onward"}

// config writes a contender's configuration for a flow.
func config(c contender, f *flow, port int, b *benchproxy.Backend) (string, error) {
	text, err := template(c.product, f.name)
	if err != nil {
		return "", err
	}
	for _, part := range parts {
		if word := "[" + part + "]"; strings.Contains(text, word) {
			common, err := template(c.product, part)
			if err != nil {
				return "", err
			}
			text = strings.ReplaceAll(text, word, strings.TrimRight(common, "\n"))
		}
	}
	words := []string{"[proxy]", "127.0.0.1:" + strconv.Itoa(port), "[workers]", strconv.Itoa(f.workers), "[tasks]", strconv.Itoa(f.tasks),
		"[connections]", strconv.Itoa(dbConnections), "[mpath]", c.mpath}
	if b != nil {
		words = append(words, "[url]", b.URL)
	}
	return strings.NewReplacer(words...).Replace(text), nil
}

// template reads a file of a product's folder. What fastsips has not there is the same
// as for OpenSIPS.
func template(p product, name string) (string, error) {
	dirs := []product{p}
	if p == fastsips {
		dirs = append(dirs, opensips)
	}
	for _, dir := range dirs {
		if b, err := configs.ReadFile("configs/" + string(dir) + "/" + name + ".cfg"); err == nil {
			return string(b), nil
		}
	}
	return "", fmt.Errorf("no configuration %s for %s", name, p)
}
