using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Console;
using Writ.Server.Assistants;
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
        var clock = time ?? TimeProvider.System;
        // Opened first, so that whatever is wrong with the data is said before anything else is made.
        var logs = LoggerFactory.Create(logging => Diagnostics(logging, options.Quiet));
        var realm = OpenRealm.Open(
            DataDirectory.Open(options.Data), clock, logs.CreateLogger<RealmActor>(),
            new RealmActorSettings { VerifyOnStart = options.VerifyOnStart });
        try
        {
            AgentSocket.Prepare(options.Socket, logs.CreateLogger<RealmActor>());
            var app = Compose(options, realm, clock, logs, adjust);
            app.MapAgentEndpoints();
            app.MapPeopleEndpoints();
            return app;
        }
        catch
        {
            realm.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    static WebApplication Compose(
        WritdOptions options, OpenRealm realm, TimeProvider clock, ILoggerFactory logs,
        Action<WebApplicationBuilder>? adjust)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "writd" });
        var services = builder.Services;
        services.AddRouting();
        services.AddSingleton(options);
        services.AddSingleton(clock);
        services.AddSingleton<IdSource>();
        // What a factory gives, the container disposes; what is given as it is, it leaves to the realm.
        services.AddSingleton<ILoggerFactory>(_ => logs);
        services.AddSingleton(_ => realm);
        services.AddSingleton(realm.Actor);
        services.AddSingleton(realm.Keys);
        services.AddSingleton(realm.Store);
        services.AddSingleton(realm.Blobs);
        services.AddSingleton(realm.Directory);
        services.AddHostedService<RealmHost>();
        services.AddHostedService<DueWorker>();
        services.AddAgentPath();
        services.AddPeoplePath();
        Listen(builder, options);
        adjust?.Invoke(builder);
        var app = builder.Build();
        // Known to the container from now on, and therefore disposed with it.
        Invariant.Must(app.Services.GetRequiredService<OpenRealm>() == realm, "The container holds this realm.");
        return app;
    }

    /// <summary>One line for each event, on standard error.</summary>
    static void Diagnostics(ILoggingBuilder logging, bool quiet)
    {
        logging.SetMinimumLevel(quiet ? LogLevel.Warning : LogLevel.Information);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.UseUtcTimestamp = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    static void Listen(WebApplicationBuilder builder, WritdOptions options)
    {
        var identity = options.CertificateFile is null ? null : TlsIdentity.Read(options);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        // After the server's own, which stands back where there is one already.
        builder.Services.AddSingleton<IConnectionListenerFactory>(s => s.GetRequiredService<RunConnections>());
        builder.Services.AddSingleton<IConnectionListenerFactory, AgentConnections>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBytesMax;
            kestrel.ListenUnixSocket(options.Socket);
            kestrel.Listen(new RunEndPoint());
            foreach (var url in options.Urls)
            {
                var (address, port, https) = WritdOptions.EndPointOf(url);
                kestrel.Listen(address, port, listen =>
                {
                    if (https)
                        listen.UseHttps(tls => identity!.Present(tls));
                });
            }
        });
    }
}
