package core

import (
	"context"
	"log/slog"
	"os"
	rtmetrics "runtime/metrics"

	"github.com/fastsips/fastsips/mi"
)

// memoryCommands stand for those of OpenSIPS's allocators. Memory is Go's here, one
// heap for all loops, so each of them shows the same.
func (m management) memoryCommands() []*mi.Command {
	level := mi.Int("log_level", "at which it is logged as well, from -3 alert to 4 debug")
	pid := mi.Int("pid", "fastsips's own: it is one process")
	dump := func(ctx context.Context) (any, error) { return m.dump(ctx, dumpLevel) }
	return []*mi.Command{
		{Name: "mem:shm_check", Aliases: []string{"mem_shm_check"}, Doc: "Say that memory is sound. It is Go's, which checks what it does as it goes.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) { return mi.OK, nil })}},
		{Name: "mem:shm_dump", Aliases: []string{"mem_shm_dump"}, Doc: "Show, and log, what memory is used for.", Recipes: []mi.Recipe{
			mi.Recipe0(dump), mi.Recipe1(level, m.dump)}},
		{Name: "mem:pkg_dump", Aliases: []string{"mem_pkg_dump"}, Doc: "Likewise: no process has memory of its own.", Recipes: []mi.Recipe{
			mi.Recipe1(pid, func(ctx context.Context, pid int) (any, error) { return m.dumpOf(ctx, pid, dumpLevel) }), mi.Recipe2(pid, level, m.dumpOf)}},
		{Name: "mem:rpm_dump", Aliases: []string{"mem_rpm_dump"}, Doc: "An error: no memory outlives the process.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) { return noRestartMemory() }),
			mi.Recipe1(level, func(context.Context, int) (any, error) { return noRestartMemory() })}},
	}
}

// dumpLevel is info, as OpenSIPS's memdump.
const dumpLevel = 3

// slogLevel is a level of OpenSIPS's as the log has it.
func slogLevel(level int) slog.Level {
	return [...]slog.Level{slog.LevelError, slog.LevelWarn, slog.LevelWarn, slog.LevelInfo, slog.LevelDebug}[min(max(level, 0), 4)]
}

// memoryKinds are what is shown, by the names of package runtime/metrics.
var memoryKinds = []struct{ name, metric string }{
	{"heap_live", "/gc/heap/live:bytes"},
	{"heap_goal", "/gc/heap/goal:bytes"},
	{"heap_objects", "/memory/classes/heap/objects:bytes"},
	{"heap_unused", "/memory/classes/heap/unused:bytes"},
	{"heap_free", "/memory/classes/heap/free:bytes"},
	{"heap_released", "/memory/classes/heap/released:bytes"},
	{"stacks", "/memory/classes/heap/stacks:bytes"},
	{"total", "/memory/classes/total:bytes"},
	{"collections", "/gc/cycles/total:gc-cycles"},
	{"goroutines", "/sched/goroutines:goroutines"},
}

func (m management) dump(_ context.Context, level int) (any, error) {
	if err := checkLevel(level); err != nil {
		return nil, err
	}
	samples := make([]rtmetrics.Sample, len(memoryKinds))
	for i, k := range memoryKinds {
		samples[i].Name = k.metric
	}
	rtmetrics.Read(samples)
	var list mi.Object
	var fields []any
	for i, k := range memoryKinds {
		n := samples[i].Value.Uint64()
		list, fields = append(list, mi.Member{Name: k.name, Value: n}), append(fields, slog.Uint64(k.name, n))
	}
	m.core.Group.Logger().Log(context.Background(), slogLevel(level), "memory", fields...)
	return list, nil
}

func (m management) dumpOf(ctx context.Context, pid, level int) (any, error) {
	if pid != os.Getpid() {
		return nil, mi.Errorf(404, "Process not found")
	}
	return m.dump(ctx, level)
}

func noRestartMemory() (any, error) {
	return nil, mi.Errorf(500, "Not supported").With("there is no restart-persistent memory: what has to outlive the process is in a database")
}
