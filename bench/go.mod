module maru/bench

go 1.26.0

require maru/torture v0.0.0

replace maru/torture => ../torture
