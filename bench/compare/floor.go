package main

import (
	"github.com/fastsips/fastsips/internal/benchproxy"
	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/load/floor"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// floors are the forwarders. The goal is about the one that forwards one datagram at a time.
func floors() []contender {
	return []contender{
		{name: nameFloor, product: floored, binary: string(floor.Single), version: "a forwarder, one datagram with each system call"},
		{name: "floor, batch", product: floored, binary: string(floor.Batch), version: "a forwarder, up to 64 datagrams with each system call"},
	}
}

// startFloor starts the forwarder of a point between two free ports, which it tells the generator.
func startFloor(p point, dir string, cfg *load.Config, cpus []int) (*benchproxy.Proxy, error) {
	var ports [3]int
	for i := range ports {
		var err error
		if ports[i], err = sipprun.FreePort(); err != nil {
			return nil, err
		}
	}
	f := benchproxy.Floor{Port: ports[0], Caller: ports[1], Callee: ports[2], Mode: floor.Mode(p.contender.binary)}
	argv, err := f.Argv()
	if err != nil {
		return nil, err
	}
	cfg.Callers, cfg.CallerPort, cfg.Callees, cfg.CalleePort = 1, f.Caller, 1, f.Callee
	return benchproxy.Start(benchproxy.Command{Argv: argv, Dir: dir, Port: f.Port, CPUs: cpus})
}
