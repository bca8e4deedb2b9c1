from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "huiyin.vault"
    verbose_name = "密钥与标识"
