// Package tune measures what this machine does with calls, and says how many event loops,
// what buffers and what limits suit it. Each number of loops is tried in a fastsips of its
// own, on loopback, under as many calls as it takes; the calls come from [load] in further
// processes on the same processors, so the figures are those of proxy and generator
// together, and [Choose] says what that means.
package tune
