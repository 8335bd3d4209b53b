(* SPDX-License-Identifier: ISC *)

let turn = 0
let awaits = 1
let yields = 2
let returns = 3
let spawned = 4
let woken = 5
let sleeps = 6
let wakes = 7
let instant = 8
let counter = 9
