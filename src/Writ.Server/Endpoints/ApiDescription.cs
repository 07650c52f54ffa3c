using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Writ.Server.Endpoints;

/// <summary>How the API describes itself at <c>/openapi/v1.json</c> (OpenAPI 3.1).</summary>
static class ApiDescription
{
    public static void Configure(OpenApiOptions options)
    {
        options.ShouldInclude = endpoint =>
            endpoint.RelativePath?.StartsWith("v1/agent/", StringComparison.Ordinal) != true;
        // Nested names of different families are short; their whole name keeps them apart.
        options.CreateSchemaReferenceId = type =>
            OpenApiOptions.CreateDefaultSchemaReferenceId(type) is null ? null : NameOf(type.Type);
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Writ",
                Version = RealmEndpoints.Version,
                Description = "What people do with the control plane: log in, declare the realm, open sessions, decide "
                    + "requests, stop things. Send `Authorization: Bearer LOGIN.TOKEN`. Refusals are problem details "
                    + "(RFC 9457) with a stable `code`; docs/refusals.md lists them. POST takes an `Idempotency-Key`.",
            };
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (IsId(context.JsonTypeInfo.Type) || context.JsonTypeInfo.Type == typeof(Kills.Scope))
                schema.Type = JsonSchemaType.String;
            return Task.CompletedTask;
        });
    }

    static string? NameOf(Type type) =>
        type.IsGenericType || type.IsArray ? null : type.IsNested ? type.DeclaringType!.Name + type.Name : type.Name;

    static bool IsId(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IId<>));
    }
}
