package proxy

import "time"

// Control is what management commands may ask of the process as a whole. Whoever
// starts a proxy fills it in before the modules open; nil functions cannot be asked.
type Control struct {
	Version string    // of the program, "1.2.3"
	Args    []string  // that it was started with
	Started time.Time // when

	// Reload replaces the script by what its file says now. Notes, possibly empty, are
	// for the operator; the error of a broken script has all its diagnostics.
	Reload func() (notes string, err error)
	// Stop ends the process as SIGTERM does.
	Stop func()
}
