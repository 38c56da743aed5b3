package proxy

import (
	"reflect"

	"github.com/fastsips/fastsips/metrics"
)

// Sum adds up what of reads of each loop's counters; 0 before there is a proxy.
func (c *Core) Sum(of func(*Counters) int64) (n int64) {
	if c == nil || c.proxy == nil {
		return 0
	}
	for _, x := range c.proxy.counters {
		n += of(x)
	}
	return n
}

// Total is Sum of one counter.
func (c *Core) Total(of func(*Counters) *metrics.Counter) int64 {
	return c.Sum(func(x *Counters) int64 { return int64(of(x).Load()) })
}

// AllCounters declares every field of a struct of counters as a statistic of a group,
// under its own name in lower case. Each returns one loop's struct for each loop.
func AllCounters[T any](group, doc string, each func() []*T) (list []*metrics.Stat) {
	t := reflect.TypeFor[T]()
	for i := range t.NumField() {
		_, gauge := reflect.New(t).Elem().Field(i).Addr().Interface().(*metrics.Gauge)
		list = append(list, &metrics.Stat{Group: group, Name: metrics.FieldName(t.Field(i).Name), Doc: doc, Fixed: gauge, FullOnly: true,
			Read: func() (n int64) {
				for _, x := range each() {
					switch c := reflect.ValueOf(x).Elem().Field(i).Addr().Interface().(type) {
					case *metrics.Counter:
						n += int64(c.Load())
					case *metrics.Gauge:
						n += c.Load()
					}
				}
				return n
			}})
	}
	return list
}

// CounterStructs returns the proxy's own counters, for AllCounters.
func (c *Core) CounterStructs() []*Counters {
	if c == nil || c.proxy == nil {
		return nil
	}
	return c.proxy.counters
}
