# What the story applies: a release of the payments service, kept in terraform's own state.
variable "release" {
  type    = string
  default = "2026.11.1"
}

resource "terraform_data" "payments" {
  input = { service = "payments", release = var.release }
}

output "release" {
  value = terraform_data.payments.output.release
}
