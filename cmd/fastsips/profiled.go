//go:build profiled

package main

import (
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
)

// A build with -tags profiled writes a CPU profile of the time between two SIGUSR2 to the
// file that FASTSIPS_PROFILE names: what `make pgo` builds fastsips.pgo from.
func init() {
	name := os.Getenv("FASTSIPS_PROFILE")
	if name == "" {
		return
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR2)
	go profile(c, name)
}

func profile(toggle <-chan os.Signal, name string) {
	<-toggle
	f, err := os.Create(name)
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		os.Stderr.WriteString("profile: " + err.Error() + "\n")
		return
	}
	<-toggle
	pprof.StopCPUProfile()
	_ = f.Close()
}
