package main

import (
	"fmt"
	"reflect"
	"runtime"
	rtmetrics "runtime/metrics"

	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// A reporter is a module with counters of its own.
type reporter interface{ Report(line func(string)) }

// report logs all counters: two lines per loop and one per backend.
func report(p *proxy.Proxy, loaded *module.Loaded) {
	log := p.Group().Logger()
	for i := range p.Group().Len() {
		log.Info(fmt.Sprintf("statistics loop=%d%s%s", i, counters(p.Counters(i)), counters(p.Transport().Counters(i))))
	}
	for i := range p.Group().Len() {
		if m, ok := p.Memory(i); ok {
			log.Info(fmt.Sprintf("statistics memory loop=%d %+v", i, m))
		} else {
			log.Info(fmt.Sprintf("statistics memory loop=%d does not answer", i))
		}
	}
	for i := range p.Group().Len() {
		if text := counters(p.DNS().Counters(i)); text != "" {
			log.Info(fmt.Sprintf("statistics dns loop=%d%s", i, text))
		}
	}
	log.Info(fmt.Sprintf("statistics net %+v", p.Group().Snapshot()))
	log.Info(fmt.Sprintf("statistics runtime goroutines=%d heap=%d heap_live=%d collections=%d tombstone=%d", runtime.NumGoroutine(),
		runtimeMetric("/memory/classes/heap/objects:bytes"), runtimeMetric("/gc/heap/live:bytes"),
		runtimeMetric("/gc/cycles/total:gc-cycles"), proxy.TombstoneSize))
	for _, in := range loaded.Modules {
		if r, ok := in.Module.(reporter); ok {
			r.Report(func(s string) { log.Info("statistics " + s) })
		}
	}
}

// runtimeMetric reads one number of package runtime/metrics, without stopping the
// world.
func runtimeMetric(name string) uint64 {
	s := []rtmetrics.Sample{{Name: name}}
	rtmetrics.Read(s)
	return s[0].Value.Uint64()
}

// counters lists the non-zero fields of a struct of counters as name=value.
func counters(c any) string {
	text := ""
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch f := v.Field(i).Addr().Interface().(type) {
		case *metrics.Counter:
			if n := f.Load(); n != 0 {
				text += fmt.Sprintf(" %s=%d", name, n)
			}
		case *metrics.Gauge:
			if n := f.Load(); n != 0 {
				text += fmt.Sprintf(" %s=%d", name, n)
			}
		}
	}
	return text
}
