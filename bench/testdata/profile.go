package main

import (
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"syscall"
)

// Built into the program where the benchmark was asked for profiles: of the CPU
// from the start until the signal, and of the heap at the signal.
func init() {
	to := os.Getenv("MARU_PROFILE")
	if to == "" {
		return
	}
	cpu, err := os.Create(to + "-cpu.pprof")
	if err != nil {
		panic(err)
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		panic(err)
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	go func() {
		<-asked
		pprof.StopCPUProfile()
		runtime.GC()
		heap, err := os.Create(to + "-heap.part")
		if err != nil {
			panic(err)
		}
		pprof.WriteHeapProfile(heap)
		os.Rename(heap.Name(), to+"-heap.pprof") // it is whole: that is waited for
	}()
}
