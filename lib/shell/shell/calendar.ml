(* SPDX-License-Identifier: ISC *)

type date = { year : int; month : int; day : int }

let floor_div a b = if a >= 0 then a / b else ((a + 1) / b) - 1

(* In years that begin in March the leap day comes last; 146097 days are 400 years. *)
let of_days days =
  let shifted = days + 719_468 in
  let era = floor_div shifted 146_097 in
  let day_of_era = shifted - (era * 146_097) in
  let year_of_era = (day_of_era - (day_of_era / 1460) + (day_of_era / 36_524) - (day_of_era / 146_096)) / 365 in
  let day_of_year = day_of_era - ((365 * year_of_era) + (year_of_era / 4) - (year_of_era / 100)) in
  let march_month = ((5 * day_of_year) + 2) / 153 in
  let month = if march_month < 10 then march_month + 3 else march_month - 9 in
  let year = year_of_era + (era * 400) + if month <= 2 then 1 else 0 in
  { year; month; day = day_of_year - (((153 * march_month) + 2) / 5) + 1 }

let weekday days =
  let n = (days + 4) mod 7 in
  if n < 0 then n + 7 else n

let now namespace =
  let ( let* ) = Result.bind in
  let* text = Scheme.Namespace.read_file namespace "/scheme/time/now" in
  match String.split_on_char '.' (String.trim text) with
  | [ seconds; fraction ] when String.length fraction = 9 -> (
      match (int_of_string_opt seconds, int_of_string_opt ("0u" ^ fraction)) with
      | Some seconds, Some ns -> Ok ((seconds * 1_000_000_000) + ns)
      | _ -> Error Scheme.Error.Invalid)
  | _ -> Error Scheme.Error.Invalid
