(* SPDX-License-Identifier: ISC *)

type t = { year : int; month : int; day : int; hour : int; minute : int; second : int }

let is_leap year = (year mod 4 = 0 && year mod 100 <> 0) || year mod 400 = 0
let days_of_month year = function 2 -> if is_leap year then 29 else 28 | 4 | 6 | 9 | 11 -> 30 | _ -> 31

let is_date { year; month; day; hour; minute; second } =
  year >= 1970 && year <= 9999 && month >= 1 && month <= 12 && day >= 1
  && day <= days_of_month year month
  && hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59

let days_before_year year =
  let past = year - 1 in
  (past * 365) + (past / 4) - (past / 100) + (past / 400)

let seconds { year; month; day; hour; minute; second } =
  let rec days_before month = if month = 1 then 0 else days_before (month - 1) + days_of_month year (month - 1) in
  let days = days_before_year year - days_before_year 1970 + days_before month + day - 1 in
  (((((days * 24) + hour) * 60) + minute) * 60) + second
