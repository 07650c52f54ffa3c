using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>A control plane that answers what it is told to, on loopback, and remembers what it was sent.</summary>
sealed class FakeControlPlane : IDisposable
{
    readonly HttpListener _listener = new();
    readonly Dictionary<string, (int Status, string Body)> _answers = new(StringComparer.Ordinal);
    readonly List<(string Call, string Body)> _received = [];
    readonly Thread _thread;

    public FakeControlPlane()
    {
        Url = $"http://127.0.0.1:{FreePort()}";
        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    public string Url { get; }

    public void Answer(string call, string body, int status = 200)
    {
        lock (_answers)
            _answers[call] = (status, body);
    }

    /// <summary>The bodies that came for a call such as <c>POST /v1/logins</c>.</summary>
    public string[] Received(string call)
    {
        lock (_answers)
            return [.. _received.Where(r => r.Call == call).Select(r => r.Body)];
    }

    public void Dispose()
    {
        _listener.Close();
        _thread.Join();
    }

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    void Serve()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = _listener.GetContext();
            }
            catch (Exception e) when (e is HttpListenerException or InvalidOperationException)
            {
                return;
            }
            var call = $"{context.Request.HttpMethod} {context.Request.Url!.AbsolutePath}";
            using var reader = new StreamReader(context.Request.InputStream);
            var body = reader.ReadToEnd();
            (int Status, string Body) answer;
            lock (_answers)
            {
                _received.Add((call, body));
                answer = _answers.GetValueOrDefault(call, (404, ""));
            }
            var bytes = Encoding.UTF8.GetBytes(answer.Body);
            context.Response.StatusCode = answer.Status;
            context.Response.ContentType = answer.Status < 400 ? "application/json" : "application/problem+json";
            context.Response.ContentLength64 = answer.Status == 204 ? 0 : bytes.Length;
            if (answer.Status != 204)
                context.Response.OutputStream.Write(bytes);
            context.Response.Close();
        }
    }
}
