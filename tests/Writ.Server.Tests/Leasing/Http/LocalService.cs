using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Writ.Server.Tests.Leasing.Http;

/// <summary>
/// A service of this machine that looks at each request as the real one does, and can be made to fail as real ones do.
/// </summary>
abstract class LocalService : IAsyncDisposable
{
    readonly WebApplication _app;

    protected LocalService(X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
                listen.UseHttps(certificate);
        }));
        _app = builder.Build();
        _app.Run(Take);
        _app.StartAsync().GetAwaiter().GetResult();
        Url = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
    }

    public string Url { get; }

    /// <summary>What was asked, as <c>METHOD path</c>.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Answers these with a status instead, and does nothing.</summary>
    public Func<string, int?>? Refuses { get; set; }

    /// <summary>Does what it is asked, and breaks off before it says so.</summary>
    public Func<string, bool>? BreaksAfter { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    protected abstract Task<(int Status, string? Body)> Answer(HttpRequest request, string path, byte[] body);

    protected virtual string ContentType => "application/json";

    async Task Take(HttpContext context)
    {
        var what = $"{context.Request.Method} {context.Request.Path}";
        Asked.Enqueue(what);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (Refuses?.Invoke(what) is { } status)
        {
            context.Response.StatusCode = status;
            return;
        }
        var (code, answer) = await Answer(context.Request, context.Request.Path, body.ToArray());
        if (BreaksAfter?.Invoke(what) == true)
        {
            context.Abort();
            return;
        }
        context.Response.StatusCode = code;
        if (answer is null)
            return;
        context.Response.ContentType = ContentType;
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(answer));
    }

    protected static JsonElement Json(byte[] body) => JsonDocument.Parse(body.Length == 0 ? "{}"u8.ToArray() : body)
        .RootElement;

    protected static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    protected static string? Header(HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out var value) ? value.ToString() : null;
}
