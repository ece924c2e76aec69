data "http" "page" {
  url = "http://127.0.0.1:8080/moved"
  request_headers = {
    Accept = "text/plain"
  }
}

data "http" "missing" {
  url = "http://127.0.0.1:8080/missing"
}

data "external" "echo" {
  program = ["cat"]
  query = {
    hello = "world"
  }
}

data "local_file" "greeting" {
  filename = "${path.module}/greeting.txt"
}

resource "local_file" "made" {
  filename = "${path.module}/made.txt"
  content  = "made here"
}

data "local_sensitive_file" "made" {
  filename = local_file.made.filename

  depends_on = [local_file.made]
}

output "page" {
  value = join(" ", [data.http.page.status_code, data.http.page.response_headers["Content-Type"], data.http.page.response_body])
}

output "missing" {
  value = data.http.missing.status_code
}

output "program" {
  value = data.external.echo.result.hello
}

output "file" {
  value = data.local_file.greeting.content
}

output "sum" {
  value = data.local_file.greeting.content_md5
}

output "made" {
  value     = data.local_sensitive_file.made.content
  sensitive = true
}
