module maru/bench

go 1.26.0
