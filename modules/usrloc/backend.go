package usrloc

import (
	"fmt"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/usrloc"
)

// backend makes what keeps contacts besides the memory, or instead of it; nil in the mode
// that has none.
func (m *Module) backend(_ *module.Env, mode mode) (usrloc.Backend, error) {
	if mode == inMemory {
		return nil, nil
	}
	return nil, fmt.Errorf("working mode %s is not there yet", presets[mode])
}
