using System.Reflection;
using Writ.Realms;
using Writ.Server.Diagnosis;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>The realm as a whole: is it alive, which is it, what does it declare, how is its host.</summary>
static class RealmEndpoints
{
    /// <summary>The release, as <c>doctor</c> and health say it.</summary>
    public static string Version { get; } =
        typeof(RealmEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0] ?? "unknown";

    public static void MapRealmEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/health", (RealmActor realm) => Results.Text(
                realm.State.Exists ? "ok\n" : "no realm\n", "text/plain"))
            .WithSummary("Is the control plane up").WithDescription("Answers 'ok' as plain text.")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
        app.MapGet("/v1/realm", Realm)
            .Answers<RealmView>("Which realm this is", "Its name, the keys to verify ledger and orders with, and the "
                + "digest of the policy in force.");
        app.MapGet("/v1/document", (RealmActor realm) => Answers.Json(
                realm.State.Registry.Document, ApiJson.Default.RealmDocument))
            .Answers<RealmDocument>("The realm as it is declared", "The whole document in force, policies included.");
        app.MapGet("/v1/doctor", async (Doctor doctor, HttpContext http) => Answers.Json(
                await doctor.Look(http.RequestAborted), ApiJson.Default.DoctorView))
            .Answers<DoctorView>("What is weak on this machine",
            "Containment, permissions, versions, missing owners; each "
                + "finding says what to do about it.");
    }

    static IResult Realm(RealmActor realm, KeyRing keys)
    {
        var state = realm.State;
        if (!state.Exists)
            return Problems.Of("realm.none", "There is no realm yet; create it with: writ init");
        return Answers.Json(
            new RealmView(state.Name, state.Origin, keys.Log.VkeyText, keys.Orders.VkeyText,
                state.Registry.Policy.Digest, state.Registry.Environments.Values.Any(e => e.Production)),
            ApiJson.Default.RealmView);
    }
}

/// <summary>The ledger as it is published: its head, and the files of tlog-tiles.</summary>
static class LedgerEndpoints
{
    const int PathMax = 128;

    public static void MapLedgerEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/ledger", (RealmActor realm, ILedgerStore store, KeyRing keys) =>
            {
                var head = store.Head;
                return Answers.Json(
                    new LedgerView(realm.State.Origin, keys.Log.VkeyText, head.Size,
                        System.Text.Encoding.UTF8.GetString(head.CheckpointNote)),
                    ApiJson.Default.LedgerView);
            })
            .Answers<LedgerView>("The ledger's head", "Size and signed checkpoint, as the store has them now.");
        app.MapGet("/v1/ledger/tiles/{**path}", Tile)
            .WithSummary("The published ledger").WithDescription("Files of tlog-tiles: 'checkpoint' and 'tile/...'. "
                + "Tiles never change once they are full.")
            .Produces<byte[]>(StatusCodes.Status200OK, "application/octet-stream")
            .Produces<Problem>(StatusCodes.Status404NotFound, Problems.ContentType);
    }

    static IResult Tile(string path, DataDirectory directory, HttpContext http)
    {
        var file = Path.Combine(directory.TilesPath, path);
        if (!IsPublished(path) || !File.Exists(file))
            return Problems.Of("ledger.unknown-tile", "There is no such part of the published ledger.");
        // A partial tile is named by its width and a full one by none; both stand for fixed content.
        http.Response.Headers.CacheControl = path == "checkpoint" ? "no-cache" : "public, max-age=31536000, immutable";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.File(file, path == "checkpoint" ? "text/plain; charset=utf-8" : "application/octet-stream");
    }

    static bool IsPublished(string path) => path == "checkpoint"
        || (path.StartsWith("tile/", StringComparison.Ordinal) && path.Length <= PathMax
            && path.Split('/').All(part => part.Length > 0 && part.All(char.IsAsciiLetterOrDigit)
                || part.EndsWith(".p", StringComparison.Ordinal) && part[..^2].All(char.IsAsciiLetterOrDigit)
                && part.Length > 2));
}
