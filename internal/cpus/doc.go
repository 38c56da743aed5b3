// Package cpus says which processors this process may use and how much of them: its
// affinity mask, the quotas of its control groups, the memory nodes that they belong to.
// It also binds the process to some of them.
package cpus
