using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Console;
using Writ.Server.Endpoints;
using Writ.Server.Sequencer;
using Writ.Server.Storage;

namespace Writ.Server.Hosting;

/// <summary>The daemon, put together.</summary>
public static class Writd
{
    const int RequestBytesMax = 4 * 1024 * 1024;

    /// <summary>
    /// Opens the data directory and builds the host around it; nothing listens before it is started. Disposing the host
    /// finishes what waits and lets go of the directory.
    /// </summary>
    /// <param name="time">The clock; the system's when null.</param>
    /// <param name="adjust">What a test replaces, applied last.</param>
    public static WebApplication Build(
        WritdOptions options, TimeProvider? time = null, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "writd" });
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.UseUtcTimestamp = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddRouting();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton<IdSource>();
        builder.Services.AddSingleton(OpenRealm);
        builder.Services.AddSingleton(s => s.GetRequiredService<OpenRealm>().Actor);
        builder.Services.AddSingleton(s => s.GetRequiredService<OpenRealm>().Keys);
        builder.Services.AddSingleton(s => s.GetRequiredService<OpenRealm>().Store);
        builder.Services.AddSingleton(s => s.GetRequiredService<OpenRealm>().Blobs);
        builder.Services.AddSingleton(s => s.GetRequiredService<OpenRealm>().Directory);
        builder.Services.AddHostedService<RealmHost>();
        builder.Services.AddHostedService<DueWorker>();
        builder.Services.AddAgentPath();
        builder.Services.AddPeoplePath();
        Listen(builder, options);
        adjust?.Invoke(builder);

        var app = builder.Build();
        try
        {
            // Opened here, so that whatever is wrong with the data is said before anything listens.
            var realm = app.Services.GetRequiredService<OpenRealm>();
            AgentSocket.Prepare(options.Socket, app.Logger);
            Invariant.Must(!realm.Actor.Fault.IsCompleted, "A realm starts without a fault.");
            app.MapAgentEndpoints();
            app.MapPeopleEndpoints();
            return app;
        }
        catch
        {
            app.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    static OpenRealm OpenRealm(IServiceProvider services)
    {
        var options = services.GetRequiredService<WritdOptions>();
        return Sequencer.OpenRealm.Open(
            DataDirectory.Open(options.Data), services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<RealmActor>>(),
            new RealmActorSettings { VerifyOnStart = options.VerifyOnStart });
    }

    static void Listen(WebApplicationBuilder builder, WritdOptions options)
    {
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBytesMax;
            kestrel.ListenUnixSocket(options.Socket);
            foreach (var url in options.Urls)
            {
                var (address, port, https) = WritdOptions.EndPointOf(url);
                kestrel.Listen(address, port, listen =>
                {
                    if (https)
                        listen.UseHttps(Certificate(options));
                });
            }
        });
    }

    static X509Certificate2 Certificate(WritdOptions options)
    {
        using var pem = X509Certificate2.CreateFromPemFile(options.CertificateFile!, options.CertificateKeyFile);
        // A key that came from PEM is ephemeral; the TLS stack wants one it can open again.
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), password: null);
    }
}
